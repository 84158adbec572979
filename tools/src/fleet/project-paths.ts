import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout: this file runs as `tools/dist/fleet/project-paths.js`. */
export const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** The compiled programs. */
export const programs = {
  agent: join(projectRoot, 'agent/dist/main.js'),
  coordinator: join(projectRoot, 'coordinator/dist/main.js'),
  cli: join(projectRoot, 'cli/dist/main.js'),
  sensors: join(projectRoot, 'tools/dist/demo/sensors/main.js'),
  bareServer: join(projectRoot, 'tools/dist/bench/http/bare/main.js'),
  plainServer: join(projectRoot, 'tools/dist/bench/http/plain/main.js'),
  gateways: join(projectRoot, 'tools/dist/bench/fleet/gateways/main.js'),
  onnxServer: join(projectRoot, 'tools/dist/bench/http/onnxruntime/main.js'),
} as const;

/** The trained networks. */
export const examplesFolder = join(projectRoot, 'examples/occupancy');

/** The tools' own sources, for what is not TypeScript. */
export const sourceFolder = join(projectRoot, 'tools/src');

/** What the tools make for themselves; nothing in it is kept. */
export const buildFolder = join(projectRoot, 'tools/build');

/** The kernel's C sources and tests. */
export const kernelFolder = join(projectRoot, 'firmware-bridge/kernel');
