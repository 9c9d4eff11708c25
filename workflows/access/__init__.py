"""Who may do what, in one vocabulary for every door: actions, roles, principals, API keys, and the audit of acts."""
