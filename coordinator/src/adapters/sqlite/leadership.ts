import { LlnError } from '@liquid-lln/protocol';
import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.js';

/**
 * Begins a new term: every opening of the store for writing is one, and the number of the term fences the opening
 * before off.
 */
export async function beginTerm(database: Kysely<Tables>): Promise<number> {
  return database.transaction().execute(async (trx) => {
    const last = await trx.selectFrom('leadership').select('term').executeTakeFirst();
    const term = (last?.term ?? 0) + 1;
    await trx.replaceInto('leadership').values({ one: 1, term }).execute();
    return term;
  });
}

/**
 * Asks within a transaction whether this term is still the newest: a leader that was stopped and wakes up writes nothing
 * any more.
 * @throws LlnError LEADERSHIP_LOST
 */
export async function checkTerm(trx: Kysely<Tables>, term: number): Promise<void> {
  const { rows } = await sql<{ term: number }>`select term from leadership`.execute(trx);
  const newest = rows[0]?.term ?? 0;
  if (newest === term) return;
  throw new LlnError(
    'LEADERSHIP_LOST',
    `another coordinator leads: the store is in term ${newest}, this one had ${term}`,
    {
      term,
      newest,
    },
  );
}
