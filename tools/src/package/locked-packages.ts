import * as v from 'valibot';

const edges = v.optional(v.record(v.string(), v.string()), {});
const lockedSchema = v.looseObject({
  version: v.optional(v.string()),
  resolved: v.optional(v.string()),
  optional: v.optional(v.boolean()),
  link: v.optional(v.boolean()),
  dependencies: edges,
  optionalDependencies: edges,
});
export type LockedPackage = v.InferOutput<typeof lockedSchema>;
const lockSchema = v.object({ packages: v.record(v.string(), lockedSchema) });

/** A part of a lock file, by path as the lock file has it. */
export type LockedPackages = ReadonlyMap<string, LockedPackage>;

/**
 * What a workspace needs when it runs, at the versions of the lock file: everything that can be reached over
 * dependencies, optional ones of other platforms included. Workspaces themselves are left out.
 * @param lock the content of package-lock.json
 * @param workspace its folder
 * @param left paths of packages that are left out, with what only they need
 * @throws Error if the lock file lacks something that is not optional
 */
export function lockedFor(lock: unknown, workspace: string, left: readonly string[] = []): LockedPackages {
  const { packages } = v.parse(lockSchema, lock);
  const found = new Map<string, LockedPackage>();
  const visited = new Set(left);
  const visit = (path: string): void => {
    const locked = packages[path];
    if (locked === undefined || visited.has(path)) return;
    visited.add(path);
    if (locked.link === true) {
      visit(locked.resolved ?? '');
      return;
    }
    if (path.includes('node_modules/')) found.set(path, locked);
    for (const name of Object.keys(locked.dependencies)) visit(requirePath(packages, path, name));
    for (const name of Object.keys(locked.optionalDependencies)) {
      const optional = findPath(packages, path, name);
      if (optional !== null) visit(optional);
    }
  };
  visit(workspace);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function requirePath(packages: Readonly<Record<string, unknown>>, from: string, name: string): string {
  const path = findPath(packages, from, name);
  if (path === null) throw new Error(`the lock file lacks ${name}, which ${from} needs`);
  return path;
}

/** Looks where Node.js would: in the package's own folder, then in those around it. */
function findPath(packages: Readonly<Record<string, unknown>>, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (!folder.includes('node_modules/')) return `node_modules/${name}` in packages ? `node_modules/${name}` : null;
  }
}
