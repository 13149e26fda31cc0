"""``python -m router`` is the ``router`` program."""

from router.cli import main

if __name__ == "__main__":
    main()
