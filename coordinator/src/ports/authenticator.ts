import type { Principal } from '@liquid-lln/protocol';

export interface Login {
  readonly username: string;
  readonly password: string;
  /** The MQTT client id; an operator's topics carry it. */
  readonly clientId: string;
}

/** Who may connect to the embedded broker. */
export interface Authenticator {
  /** Null if the credentials are wrong. */
  authenticate(login: Login): Principal | null;
}
