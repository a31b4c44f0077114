"""The layer that every function shares: the database, the errors, the edge, and one module a noun."""
