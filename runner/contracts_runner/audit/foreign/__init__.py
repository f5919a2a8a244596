"""Foreign evidence: reports and logs that other tools and people wrote, held against the rows that they show
themselves. Nothing is known of them but their own text."""
