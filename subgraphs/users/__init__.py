"""The users subgraph: accounts, sign-in and the keys that access tokens are checked with."""
