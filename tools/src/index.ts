// What tests use of the tools: the simulated room, and fleets of real processes.
export { eventsAnswer, rolloutAnswer, rolloutsAnswer, statusAnswer } from './demo/answers.js';
export { readModel } from './demo/device-view.js';
export { type DemoPackage, type DemoPackages, makePackages } from './demo/packages.js';
export { type Air, type Loads, relativeHumidityPct, stepAir } from './demo/room/air.js';
export { roomLx, skyLx } from './demo/room/light.js';
export { minutesPerDay } from './demo/room/occupancy.js';
export { type RoomMinute, type SensorReading, simulateRoom } from './demo/room/simulate.js';
export { Traffic } from './demo/traffic.js';
export { LocalFleet } from './fleet/local-fleet.js';
export { waitFor } from './fleet/wait-until.js';
