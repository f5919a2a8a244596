"""Foreign evidence: reports and logs of other tools and people, checked against their own rows, which are all that is
known of them."""
