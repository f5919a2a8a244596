"""The REST API of organisers, `/api/rest/v1` (dossier A.1, A.2)."""
