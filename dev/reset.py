"""`make reset`: starts the data over.

Enters: the data folder. Leaves: the folder without data; the next `make up` makes and seeds it.
Invariant: it deletes only what `make up` wrote there, and nothing while a launcher runs.
"""

import os
import sys

from dev.data_lock import DataInUse, hold_data
from dev.postgres import PostgresFailed, delete
from dev.product import BadSetting, Product, read_product

PATTERNS = ("*.sqlite3", "*.sqlite3-wal", "*.sqlite3-shm", "*.keys.json", "*.prepared", "supergraph.graphql")


def reset(product: Product) -> int:
    """How many files went, PostgreSQL's folder counted as one.

    The signing keys go too, so that a token of the old data is worth nothing.
    """
    with hold_data(product.data):
        files = [file for pattern in PATTERNS for file in product.data.glob(pattern)]
        for file in files:
            file.unlink(missing_ok=True)
        return len(files) + delete(product.postgres)


def main() -> int:
    try:
        product = read_product(os.environ)
        count = reset(product)
    except (BadSetting, DataInUse, PostgresFailed) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{product.data}: {count} files deleted; `make up` seeds the data anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
