"""Pure records: events, receipts and the Merkle log that makes them tamper-evident."""
