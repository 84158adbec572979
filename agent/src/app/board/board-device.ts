import type { AgentComponents, AgentInit, AttachedBoard } from '../agent-components.js';
import { type DeviceInit, DeviceRuntime, type SharedComponents } from '../device-runtime.js';
import { labelled } from '../labelled-logger.js';
import { LogRing } from '../log-ring.js';
import { ScopedStorage } from '../scoped-storage.js';
import { SlotStore } from '../slot-store.js';
import { BoardAligner } from './board-aligner.js';
import { BoardChecker } from './board-checker.js';
import { BoardEngine } from './board-engine.js';
import { BoardIdentity } from './board-identity.js';
import { BoardKeeper } from './board-keeper.js';
import { BoardLine } from './board-line.js';

export interface BoardDevice {
  readonly runtime: DeviceRuntime;
  readonly keeper: BoardKeeper;
}

/**
 * Opens a board's store; the board itself may be missing.
 * @throws LlnError STORAGE_FULL, STORAGE_FAILED
 */
export async function openBoardDevice(
  components: AgentComponents,
  shared: SharedComponents,
  { name, board, kind }: AttachedBoard,
  init: DeviceInit & Pick<AgentInit, 'epoch' | 'startId'>,
): Promise<BoardDevice> {
  const { clock, random, openPackage } = components;
  const { deviceId } = init;
  const storage = new ScopedStorage(components.storage, `boards/${name}`);
  const ring = new LogRing({ delegate: labelled(components.logger, { device: deviceId }), clock });
  const line = new BoardLine({ board, clock });
  const engine = new BoardEngine({ line, openPackage });
  const identity = await BoardIdentity.open(storage, kind, ring);
  const store = await SlotStore.open({ storage, engine, clock, logger: ring }, { ...init, machineBootId: null });
  let runtime: DeviceRuntime | null = null;
  const onNews = () => runtime?.onEngineNews();
  const aligner = new BoardAligner({ board, line, store, openPackage, clock, random, logger: ring, onNews });
  const checker = components.checkerOf(storage);
  const parts = { board, line, identity, aligner, store, gatewaySensors: components.sensors, clock, logger: ring };
  const keeper = new BoardKeeper(parts, init);
  runtime = await DeviceRuntime.open(
    shared,
    {
      storage,
      store,
      engine,
      activation: aligner,
      checker: new BoardChecker({ board, line, aligner, checker, storage, openPackage, clock }),
      sensors: keeper,
      ring,
      metrics: components.metricsOf(deviceId),
      // A board has a clock of its own, which it does not tell.
      cpuClock: () => null,
      traits: () => identity.traits,
    },
    init,
  );
  keeper.listen({ onCrash: () => runtime?.onCrash(), onNews });
  return { runtime, keeper };
}
