import { LlnError } from '@liquid-lln/protocol';
import {
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';
import type Database from 'libsql';

/**
 * SQLite as kysely knows it, but for two things: statements are prepared once, and not for every row; and SQLite takes a
 * transaction back by itself when the disk is full, and a second taking back fails and hides why.
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
  readonly #statements: PreparedStatements;

  constructor(database: Database.Database) {
    const statements = new PreparedStatements(database);
    super({ database: statements });
    this.#database = database;
    this.#statements = statements;
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // One of them has failed, and need not be in a state to be used again.
    this.#statements.forget();
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}

/** There are some forty; lists of parameters of any length make more. */
const statementsMax = 100;

/** Statements by their text, the last used ones. */
class PreparedStatements implements SqliteDatabase {
  readonly #database: SqliteDatabase;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  prepare(sql: string): SqliteStatement {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    const oldest = this.#statements.size > statementsMax ? this.#statements.keys().next().value : undefined;
    if (oldest !== undefined) this.#statements.delete(oldest);
    return statement;
  }

  forget(): void {
    this.#statements.clear();
  }

  close(): void {
    this.forget();
    this.#database.close();
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
