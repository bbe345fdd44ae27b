/** What a contestant of the sync benchmark does, and what is measured of it. Times in milliseconds. */

export interface Contestant {
  name: string
  run(plan: Plan): Promise<Outcome>
}

export interface Plan {
  records: number
  /** Live changes that are timed one after another. */
  changes: number
  /** Ours only: no thread next to the session's opens what is pulled. */
  alone?: boolean
}

export interface Outcome {
  /** All records of device A, saved before, to the server until it has acknowledged the last one. */
  pushMs: number
  /** What of it was made ready before, while the server was away (Y6); where anything is. */
  sealedMs?: number
  /** A device that has nothing, until all records are in its store. */
  firstSyncMs: number
  /** The same, until everything else is done too and the server has confirmed it; where there is more to do. */
  confirmedMs?: number
  /** From the save on A to the moment when B's store has it; one for each change. */
  liveMs: number[]
  server: {
    pushCpu: number
    pullCpu: number
    liveCpu: number
    /** Resident bytes: when it is ready, and the most. */
    idleBytes: number
    peakBytes: number
    diskBytes: number
  }
  /** Processor seconds of the process with the devices. */
  client: { pushCpu: number; pullCpu: number }
  /** Over TCP in both directions, as the client's sockets count them. */
  pushWire: number
  pullWire: number
  /** The least that anybody can do with the same bytes; where it is measured. */
  floor?: { firstSyncMs: number; pushMs: number; firstSyncCpu: number }
}

/** Processor time, time and wire bytes of one phase. */
export interface Phase {
  ms: number
  /** Processor seconds of the server, and of this process. */
  cpu: number
  clientCpu: number
  wire: number
}
