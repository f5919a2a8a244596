"""`contracts observe`: recorded traffic, judged as a run in which nothing is sent."""
