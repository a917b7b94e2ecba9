"""Who is here, and what each may do."""
