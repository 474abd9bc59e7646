"""What we keep: every choice, written down before it is sent.

`ledger` records and looks up, `queue` gives out what is due and writes down what
became of it, `evidence` verifies, exports and erases. `database` speaks SQLite and
PostgreSQL, `tables` has the columns, `rows` turns them into choices, `chain` has the
hashes and references. Raises `LedgerDown` and nothing else.
"""
