// What tests use of the tools: the simulated room, and fleets of real processes.

export { parseAccuracy } from './bench/accuracy/accuracy.js';
export { parseCpuSeconds, parseSmapsRollup } from './bench/agent/process-figures.js';
export {
  campaignPlans as analysisCampaigns,
  figuresOf as analysisFiguresOf,
  runCampaign as runAnalysisCampaign,
} from './bench/analysis/campaign.js';
export { simulateRollout } from './bench/analysis/simulate-rollout.js';
export type { Bench, Figure } from './bench/bench.js';
export { bytesByRegion, flashBytesOf, parseSections, stackBytesOf } from './bench/firmware/sections.js';
export { graphOf } from './bench/graph/cell-graphs.js';
export type { StepGraph } from './bench/graph/step-graph.js';
export { swapFigures } from './bench/http/swaps.js';
export { CaseFigures } from './bench/kernel/case-result.js';
export { type Contestant, differenceOf, requireSameAnswers } from './bench/kernel/contestant.js';
export { plainJs } from './bench/kernel/contestants/plain-js.js';
export { criticalPathOf } from './bench/kernel/critical-path.js';
export { readExample } from './bench/kernel/example.js';
export { randomCfc, withoutWiring } from './bench/kernel/networks.js';
export { randomSeries, sessionRows } from './bench/kernel/series.js';
export { countSynapses } from './bench/kernel/synapses.js';
export { renderFigures } from './bench/kernel/table.js';
export { parseLinkMap } from './bench/kernel-size/link-map.js';
export { measureFlash, measureNetwork } from './bench/kernel-size/measure.js';
export { sizedNetworks } from './bench/kernel-size/networks.js';
export { lineBytesOf, uploadCeiling } from './bench/link/ceiling.js';
export { boardFault, compileForBoard } from './bench/m7/board.js';
export { parseCounts } from './bench/m7/counts.js';
export type { Machine } from './bench/machine.js';
export { measureRounds, probeOf } from './bench/measure/rounds.js';
export { medianOf, quantileOf, ratiosOf, slopeOf, summarize } from './bench/measure/statistics.js';
export { writeOnnxModel } from './bench/onnx/onnx-model.js';
export { MessageWriter } from './bench/onnx/protobuf.js';
export { parseOptions as parseBenchOptions } from './bench/options.js';
export { campaigns, figuresOf as policyFiguresOf, runCampaign } from './bench/policy/campaign.js';
export { validationProfile } from './bench/policy/output-model.js';
export { simulateTrial } from './bench/policy/simulate-trial.js';
export { documentOf } from './bench/report/document.js';
export { renderMachine, renderMissing } from './bench/report/text.js';
export { attainableNs } from './bench/roofline/roofline.js';
export { eventsAnswer, rolloutAnswer, rolloutsAnswer, statusAnswer } from './demo/answers.js';
export { outcomesOf } from './demo/closing-table.js';
export { readModel } from './demo/device-view.js';
export { describeClaims, EvidenceBuilder } from './demo/evidence.js';
export { parseOptions } from './demo/options.js';
export { type DemoPackage, type DemoPackages, makePackages } from './demo/packages.js';
export { type Air, type Loads, relativeHumidityPct, stepAir } from './demo/room/air.js';
export { roomLx, skyLx } from './demo/room/light.js';
export { minutesPerDay } from './demo/room/occupancy.js';
export { type RoomMinute, type SensorReading, simulateRoom } from './demo/room/simulate.js';
export { Traffic } from './demo/traffic.js';
export { deliverFlash } from './fleet/emulated-flash.js';
export { findFreePort } from './fleet/free-port.js';
export { LocalBoard, type LocalBoardInit } from './fleet/local-board.js';
export { type LocalDevice, LocalFleet } from './fleet/local-fleet.js';
export { hasMosquitto, Mosquitto } from './fleet/mosquitto.js';
export { waitFor } from './fleet/wait-until.js';
export { lockedFor } from './package/locked-packages.js';
