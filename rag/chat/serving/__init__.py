"""The page on its address: components and events, headers, accounts, endpoints for programs."""
