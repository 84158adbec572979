export { ManualBus } from './manual-bus.js';
export { MemoryFleetStore } from './memory-fleet-store.js';
export { MemoryPackageFiles } from './memory-package-files.js';
