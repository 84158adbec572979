import type { Dice, Weather } from './schedule.js';
import type { SimBroker } from './sim-broker.js';
import type { SimCoordinator } from './sim-coordinator.js';
import type { SimGateway, SimWorld } from './sim-gateway.js';
import type { SimOperator } from './sim-operator.js';

/** Clocks jump by a year and more, in both directions. */
const clockJumpMs = 400 * 24 * 3_600_000;

export interface Victims {
  readonly coordinator: SimCoordinator;
  readonly gateways: readonly SimGateway[];
  readonly operator: SimOperator;
}

/** Everything that goes wrong, as often as the weather of a run has it. */
export class Disturbances {
  readonly #world: SimWorld;
  readonly #dice: Dice;
  readonly #broker: SimBroker;
  readonly #weather: Weather;
  readonly #coordinator: SimCoordinator;
  readonly #gateways: readonly SimGateway[];
  readonly #operator: SimOperator;

  constructor(world: SimWorld, weather: Weather, { coordinator, gateways, operator }: Victims) {
    this.#world = world;
    this.#dice = world.dice;
    this.#broker = world.broker;
    this.#weather = weather;
    this.#coordinator = coordinator;
    this.#gateways = gateways;
    this.#operator = operator;
  }

  /** What happens in a second of chaos. */
  strike(): void {
    const { meanSeconds } = this.#weather;
    const comes = (mean: number) => this.#dice.isHit(1 / mean);
    if (comes(meanSeconds.operator)) this.#operator.act();
    if (this.#coordinator.isAlive && comes(meanSeconds.coordinatorKill)) this.#hurtCoordinator();
    if (!this.#coordinator.isAlive && comes(8)) this.#startCoordinator();
    if (comes(meanSeconds.brokerRestart)) this.#restartBroker();
    for (const gateway of this.#gateways) this.#hurt(gateway);
  }

  #hurtCoordinator(): void {
    this.#world.note('the coordinator is to be killed at a write, or now');
    if (this.#dice.isHit(0.7)) {
      this.#coordinator.killAtCommit();
      return;
    }
    this.#world.count('faults', 'coordinator killed between commits');
    this.#coordinator.kill();
  }

  #restartBroker(): void {
    this.#world.note('the broker restarts');
    const isForgetful = this.#dice.isHit(0.5);
    this.#world.count('faults', isForgetful ? 'broker restarted and forgot' : 'broker restarted');
    this.#broker.stop(isForgetful);
    this.#world.clock.after(this.#dice.between(500, 20_000), () => {
      this.#broker.isUp = true;
    });
  }

  #hurt(gateway: SimGateway): void {
    const { meanSeconds } = this.#weather;
    const comes = (mean: number) => this.#dice.isHit(1 / (mean * this.#gateways.length));
    const { deviceId } = gateway;
    if (gateway.agent === null) {
      if (this.#dice.isHit(0.15)) {
        this.#world.note(`${deviceId} starts`);
        void gateway.start();
      }
      return;
    }
    if (comes(meanSeconds.agentKill)) {
      const isKilled = this.#dice.isHit(0.7);
      this.#world.note(`${deviceId} is ${isKilled ? 'killed' : 'stopped'}`);
      this.#world.count('faults', isKilled ? 'agent killed' : 'agent stopped');
      if (isKilled) gateway.kill();
      else void gateway.stop();
    } else if (comes(meanSeconds.agentPowerCut)) {
      gateway.disk.cutSoon(() => {
        this.#world.note(`${deviceId} loses its power at a write`);
        this.#world.count('faults', 'power lost at a write');
        gateway.powerCut();
      });
    } else if (comes(meanSeconds.lostStore)) {
      this.#world.note(`${deviceId} loses its store`);
      this.#world.count('faults', 'store lost');
      gateway.loseStore();
    } else if (comes(meanSeconds.linkCut)) this.#cut(gateway);
    else if (comes(meanSeconds.fullDisk)) this.#fill(gateway);
    else if (comes(meanSeconds.clockJump)) {
      this.#world.note(`the clock of ${deviceId} jumps`);
      this.#world.count('faults', 'clock jumped');
      gateway.jumpClock(this.#dice.between(-1, 1) * clockJumpMs);
    }
  }

  #cut(gateway: SimGateway): void {
    this.#world.note(`the link of ${gateway.deviceId} is cut`);
    this.#world.count('faults', 'link cut');
    gateway.setCut(true);
    this.#world.clock.after(this.#dice.between(1_000, 90_000), () => gateway.setCut(false));
  }

  #fill(gateway: SimGateway): void {
    this.#world.note(`the disk of ${gateway.deviceId} is full`);
    this.#world.count('faults', 'disk full');
    gateway.setDiskFull(true);
    this.#world.clock.after(this.#dice.between(1_000, 60_000), () => gateway.setDiskFull(false));
  }

  #startCoordinator(): void {
    this.#world.note('the coordinator starts');
    void this.#coordinator.start();
  }
}
