-- The warehouse of the QTickets loader: the final schema with UTM columns and plan
-- (docs/qtickets.md, Warehouse tables).

CREATE DATABASE IF NOT EXISTS $database;

CREATE TABLE IF NOT EXISTS $database.stg_qtickets_api_orders_raw (
    order_id String,
    event_id String,
    city LowCardinality(String),
    utm_source LowCardinality(String),
    utm_medium LowCardinality(String),
    utm_campaign String,
    utm_content String,
    utm_term String,
    sale_ts DateTime,
    tickets_sold UInt32,
    revenue Float64,
    currency LowCardinality(String),
    payload_json String,
    _ver UInt64,
    _dedup_key FixedString(32)
) ENGINE = ReplacingMergeTree(_ver) PARTITION BY tuple() ORDER BY (_dedup_key);

CREATE TABLE IF NOT EXISTS $database.stg_qtickets_api_inventory_raw (
    snapshot_ts DateTime,
    event_id String,
    event_name String,
    city LowCardinality(String),
    tickets_total Nullable(UInt32),
    tickets_left Nullable(UInt32),
    _ver UInt64,
    _dedup_key FixedString(32)
) ENGINE = ReplacingMergeTree(_ver) PARTITION BY tuple() ORDER BY (event_id, city, snapshot_ts);

CREATE TABLE IF NOT EXISTS $database.stg_qtickets_api_clients_raw (
    client_id String,
    email String,
    phone String,
    first_name String,
    last_name String,
    middle_name String,
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
) ENGINE = ReplacingMergeTree(_ver) ORDER BY (client_id);

CREATE TABLE IF NOT EXISTS $database.stg_qtickets_api_price_shades_raw (
    shade_id String,
    name String,
    color String,
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
) ENGINE = ReplacingMergeTree(_ver) ORDER BY (shade_id);

CREATE TABLE IF NOT EXISTS $database.stg_qtickets_api_discounts_raw (
    discount_id String,
    name String,
    discount_type LowCardinality(String),
    discount_value Nullable(Float64),
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
) ENGINE = ReplacingMergeTree(_ver) ORDER BY (discount_id);

CREATE TABLE IF NOT EXISTS $database.stg_qtickets_api_promo_codes_raw (
    promo_code_id String,
    code String,
    discount_type LowCardinality(String),
    discount_value Nullable(Float64),
    valid_from Nullable(DateTime),
    valid_to Nullable(DateTime),
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
) ENGINE = ReplacingMergeTree(_ver) ORDER BY (promo_code_id);

CREATE TABLE IF NOT EXISTS $database.stg_qtickets_api_barcodes_raw (
    barcode String,
    event_id String,
    show_id String,
    status LowCardinality(String),
    checked_at Nullable(DateTime),
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
) ENGINE = ReplacingMergeTree(_ver) ORDER BY (barcode);

CREATE TABLE IF NOT EXISTS $database.stg_qtickets_api_partner_tickets_raw (
    ticket_id String,
    event_id String,
    show_id String,
    external_order_id String,
    external_id String,
    barcode String,
    paid UInt8,
    price Nullable(Float64),
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
) ENGINE = ReplacingMergeTree(_ver) ORDER BY (ticket_id, external_order_id);

CREATE TABLE IF NOT EXISTS $database.dim_events (
    event_id String,
    event_name String,
    city LowCardinality(String),
    start_date Nullable(Date),
    end_date Nullable(Date),
    tickets_total UInt32 DEFAULT 0,
    tickets_left UInt32 DEFAULT 0,
    _ver UInt64,
    _loaded_at DateTime DEFAULT now()
) ENGINE = ReplacingMergeTree(_ver) PARTITION BY tuple() ORDER BY (event_id);

CREATE TABLE IF NOT EXISTS $database.fact_qtickets_sales_daily (
    sales_date Date,
    event_id String,
    city LowCardinality(String),
    tickets_sold UInt32,
    revenue Float64,
    _ver UInt64
) ENGINE = ReplacingMergeTree(_ver) PARTITION BY toYYYYMM(sales_date) ORDER BY (event_id, sales_date, city);

CREATE TABLE IF NOT EXISTS $database.fact_qtickets_sales_utm_daily (
    sales_date Date,
    event_id String,
    city LowCardinality(String),
    utm_source LowCardinality(String),
    utm_medium LowCardinality(String),
    utm_campaign String,
    utm_content String,
    utm_term String,
    tickets_sold UInt32,
    revenue Float64,
    _ver UInt64
) ENGINE = ReplacingMergeTree(_ver) PARTITION BY toYYYYMM(sales_date)
ORDER BY (sales_date, event_id, city, utm_source, utm_campaign, utm_medium, utm_content, utm_term);

CREATE TABLE IF NOT EXISTS $database.fact_qtickets_inventory_latest (
    snapshot_ts DateTime,
    event_id String,
    event_name String,
    city LowCardinality(String),
    tickets_total Nullable(UInt32),
    tickets_left Nullable(UInt32),
    _ver UInt64
) ENGINE = ReplacingMergeTree(_ver) PARTITION BY tuple() ORDER BY (event_id, city);

CREATE TABLE IF NOT EXISTS $database.fact_qtickets_inventory (
    event_id String,
    city LowCardinality(String),
    tickets_total UInt32,
    tickets_left UInt32,
    _ver UInt64,
    _loaded_at DateTime DEFAULT now()
) ENGINE = ReplacingMergeTree(_ver) ORDER BY (event_id, city);

CREATE TABLE IF NOT EXISTS $database.plan_sales (
    sales_date Date,
    event_id String,
    city LowCardinality(String),
    plan_tickets UInt32,
    plan_revenue Float64,
    _ver UInt64,
    _loaded_at DateTime DEFAULT now()
) ENGINE = ReplacingMergeTree(_ver) PARTITION BY toYYYYMM(sales_date) ORDER BY (sales_date, city, event_id);

CREATE TABLE IF NOT EXISTS $database.meta_job_runs (
    job LowCardinality(String),
    run_id UUID DEFAULT generateUUIDv4(),
    started_at DateTime,
    finished_at DateTime,
    status LowCardinality(String),
    rows_processed UInt64,
    message String,
    metrics String
) ENGINE = MergeTree PARTITION BY toYYYYMM(started_at) ORDER BY (job, started_at);

-- Filled by each load of all orders at once; a load that brought them piece by piece would keep the last piece only.
CREATE MATERIALIZED VIEW IF NOT EXISTS $database.mv_qtickets_sales_latest
ENGINE = ReplacingMergeTree(_ver) ORDER BY (event_id, city) AS
SELECT
    event_id,
    city,
    sumIf(tickets_sold, toDate(sale_ts) > today() - 14) AS tickets_14d,
    sumIf(revenue, toDate(sale_ts) > today() - 14) AS revenue_14d,
    max(_ver) AS _ver
FROM $database.stg_qtickets_api_orders_raw
GROUP BY event_id, city;

-- The sources name the two views of marketing costs and not what they read, so this table is ours; people fill it.
CREATE TABLE IF NOT EXISTS $database.stg_marketing_costs (
    cost_date Date,
    utm_source LowCardinality(String),
    cost Float64,
    _ver UInt64
) ENGINE = ReplacingMergeTree(_ver) ORDER BY (cost_date, utm_source);

CREATE VIEW IF NOT EXISTS $database.v_marketing_costs_daily AS
SELECT cost_date AS sales_date, utm_source, sum(cost) AS spend
FROM $database.stg_marketing_costs FINAL
GROUP BY sales_date, utm_source;

CREATE VIEW IF NOT EXISTS $database.v_romi_daily AS
SELECT
    costs.sales_date AS sales_date,
    costs.utm_source AS utm_source,
    costs.spend AS spend,
    sales.revenue AS revenue,
    if(spend = 0, NULL, revenue / spend) AS roas
FROM $database.v_marketing_costs_daily AS costs
LEFT JOIN (
    SELECT sales_date, utm_source, sum(revenue) AS revenue
    FROM $database.fact_qtickets_sales_utm_daily FINAL
    GROUP BY sales_date, utm_source
) AS sales ON sales.sales_date = costs.sales_date AND sales.utm_source = costs.utm_source;

CREATE VIEW IF NOT EXISTS $database.v_qtickets_inventory AS
SELECT * FROM $database.fact_qtickets_inventory_latest FINAL;

CREATE VIEW IF NOT EXISTS $database.v_qtickets_freshness AS
SELECT 'qtickets_sales' AS source, toDateTime(max(_ver)) AS loaded_at FROM $database.fact_qtickets_sales_daily
UNION ALL
SELECT 'qtickets_inventory', toDateTime(max(_ver)) FROM $database.fact_qtickets_inventory_latest;

CREATE VIEW IF NOT EXISTS $database.v_qtickets_sales_utm_daily AS
SELECT
    sales_date,
    event_id,
    city,
    if(utm_source = '', 'unknown', utm_source) AS utm_group,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    tickets_sold,
    revenue
FROM $database.fact_qtickets_sales_utm_daily FINAL;

CREATE VIEW IF NOT EXISTS $database.v_qtickets_sales_dashboard AS
SELECT
    events.event_id AS event_id,
    events.event_name AS event_name,
    events.city AS city,
    events.start_date AS start_date,
    sales.tickets_today AS tickets_today,
    sales.revenue_today AS revenue_today,
    sales.tickets_14d AS tickets_14d,
    sales.revenue_14d AS revenue_14d,
    stock.tickets_total AS tickets_total,
    stock.tickets_left AS tickets_left
FROM (SELECT * FROM $database.dim_events FINAL) AS events
LEFT JOIN (
    SELECT
        event_id,
        sumIf(tickets_sold, sales_date = today()) AS tickets_today,
        sumIf(revenue, sales_date = today()) AS revenue_today,
        sum(tickets_sold) AS tickets_14d,
        sum(revenue) AS revenue_14d
    FROM $database.fact_qtickets_sales_daily FINAL
    WHERE sales_date > today() - 14
    GROUP BY event_id
) AS sales ON sales.event_id = events.event_id
LEFT JOIN (SELECT * FROM $database.fact_qtickets_inventory_latest FINAL) AS stock
    ON stock.event_id = events.event_id;

CREATE VIEW IF NOT EXISTS $database.v_plan_vs_fact AS
SELECT
    sales_date,
    event_id,
    city,
    sum(plan_tickets) AS plan_tickets,
    sum(fact_tickets) AS fact_tickets,
    sum(plan_revenue) AS plan_revenue,
    sum(fact_revenue) AS fact_revenue,
    fact_tickets - plan_tickets AS tickets_diff,
    fact_revenue - plan_revenue AS revenue_diff,
    if(plan_revenue = 0, NULL, revenue_diff / plan_revenue * 100) AS revenue_pct
FROM (
    SELECT
        sales_date,
        event_id,
        city,
        toInt64(plan_tickets) AS plan_tickets,
        toInt64(0) AS fact_tickets,
        plan_revenue,
        toFloat64(0) AS fact_revenue
    FROM $database.plan_sales FINAL
    UNION ALL
    SELECT
        sales_date,
        event_id,
        city,
        toInt64(0) AS plan_tickets,
        toInt64(tickets_sold) AS fact_tickets,
        toFloat64(0) AS plan_revenue,
        revenue AS fact_revenue
    FROM $database.fact_qtickets_sales_daily FINAL
)
GROUP BY sales_date, event_id, city;
