import * as v from 'valibot';

const lockSchema = v.object({
  packages: v.record(v.string(), v.object({ optionalDependencies: v.optional(v.record(v.string(), v.string()), {}) })),
});

/**
 * Finds optional dependencies, such as the builds of a native package for other platforms, that the lock file does not
 * name: with such a hole `npm ci` refuses to install anything. npm leaves holes when it cannot see all of a registry.
 */
export function findLockHoles(lock: unknown): string[] {
  const { packages } = v.parse(lockSchema, lock);
  return Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !foldersUp(path).some((folder) => `${folder}node_modules/${name}` in packages))
      .map((name) => `${path} needs ${name}`),
  );
}

/** The folders in which Node looks for a package's dependencies: its own, then those around it. */
function foldersUp(path: string): string[] {
  const parents = [...path.matchAll(/\/?node_modules\//g)].map(({ index }) => path.slice(0, index));
  return [path, ...parents.reverse(), ''].map((folder) => (folder === '' ? '' : `${folder}/`));
}
