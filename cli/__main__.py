"""`python -m cli` does the same as `deskpolicy`."""

from . import main

if __name__ == "__main__":
    main()
