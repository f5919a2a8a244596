"""One run: options, plan, session, phases, resumption, and the finding of earlier runs."""
