import { LlnError } from '@liquid-lln/protocol';
import { type DatabaseConnection, type Driver, SqliteDialect, SqliteDriver } from 'kysely';
import type Database from 'libsql';

/**
 * SQLite as kysely knows it, but for one thing: SQLite takes a transaction back by itself when the disk is full, and a
 * second taking back fails and hides why.
 */
export class StoreDialect extends SqliteDialect {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new StoreDriver(this.#database);
  }
}

class StoreDriver extends SqliteDriver {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database });
    this.#database = database;
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}

/** What SQLite says, as an error that tells whose turn it is; anything else stays what it is. */
export function asStoreError(thrown: unknown, doing: string): unknown {
  if (thrown instanceof LlnError) return thrown;
  const sqliteCode = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const what = `the store could not ${doing}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  const error = (code: 'STORE_FULL' | 'STORE_CORRUPT' | 'STORAGE_FAILED') =>
    new LlnError(code, what, { sqliteCode }, thrown);
  if (sqliteCode === 'SQLITE_FULL') return error('STORE_FULL');
  if (sqliteCode === 'SQLITE_NOTADB' || sqliteCode.startsWith('SQLITE_CORRUPT')) return error('STORE_CORRUPT');
  return sqliteCode.startsWith('SQLITE_') ? error('STORAGE_FAILED') : thrown;
}
