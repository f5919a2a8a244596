"""What an Arazzo document that was exported says beyond Arazzo."""

ID = "x-contracts-id"  # of a scenario, on its workflow
NAME = "x-contracts-name"  # of a step
CLEANUP = "x-contracts-cleanup"  # the ids of those steps of a workflow that are its cleanup
INVALID = "x-contracts-invalid-request"  # true of a step that breaks the document on purpose
NOT_CARRIED = "x-contracts-not-carried"
# Begins the `$comment` of an input whose value a run would make: strict compilers of schemas know no extension.
MADE = "x-contracts-value: "
