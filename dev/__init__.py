"""What a developer runs from a checkout: the installer and the launcher behind the Makefile. Never packaged."""
