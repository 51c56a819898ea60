"""A result's receipt: made, written, read, and checked against the files as they are now."""

from rag.receipts.make import read_receipt, receipt, write_receipt
from rag.receipts.verify import verify_receipt

__all__ = ["read_receipt", "receipt", "verify_receipt", "write_receipt"]
