"""Session kinds that speak HTTP: Assistants, Responses, and Chat Completions with audio."""
