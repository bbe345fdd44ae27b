/** What the journeys through the app took, next to their peers, as a table, and the bar for the longest task of each. */
import type { LongestTask } from '../support/longest-task.ts'
import { type Bar, median, ms, quantile, table, times } from '../support/report.ts'
import type { Answer, Frame } from './page-clock.ts'

/** Whether a figure is the app's or its peer's. */
export type Side = 'ours' | 'peer'

/** One journey: how it is called, against what, and all its runs. */
export class Journey {
  readonly name: string
  readonly peer: string
  readonly #runs: Record<Side, { answers: number[]; firsts: number[]; tasks: LongestTask[]; actions: number[] }> = {
    ours: { answers: [], firsts: [], tasks: [], actions: [] },
    peer: { answers: [], firsts: [], tasks: [], actions: [] },
  }

  constructor(name: string, peer: string) {
    this.name = name
    this.peer = peer
  }

  /** One run: the answers to its actions and its longest task. */
  add(side: Side, answers: readonly Answer[], task: LongestTask): void {
    const runs = this.#runs[side]
    runs.answers.push(...answers.map(({ lastMs }) => lastMs))
    runs.firsts.push(...answers.map(({ firstMs }) => firstMs))
    runs.tasks.push(task)
    runs.actions.push(answers.length)
  }

  /** Time to the first frame that answers. */
  firsts(side: Side): readonly number[] {
    return this.#runs[side].firsts
  }

  /** Time to the frame after which nothing changed any more. */
  answers(side: Side): readonly number[] {
    return this.#runs[side].answers
  }

  /** Processor time of the main thread for one action, median of the runs. */
  cpuOfAction(side: Side): number {
    const { tasks, actions } = this.#runs[side]
    return median(tasks.map(({ allCpuMs }, run) => allCpuMs / actions[run]!))
  }

  /** The longest task of all runs, by the clock and in processor time. */
  longest(side: Side): { wallMs: number; cpuMs: number } {
    const { tasks } = this.#runs[side]
    return {
      wallMs: Math.max(...tasks.map(({ wallMs }) => wallMs)),
      cpuMs: Math.max(...tasks.map(({ cpuMs }) => cpuMs)),
    }
  }
}

const spread = (values: readonly number[]) => `${ms(median(values))} / ${ms(quantile(values, 1))}`

/** All journeys. An action is one letter, one turn of the wheel, one click. */
export function journeyTable(journeys: readonly Journey[]): string {
  return table(
    [
      'ms: median / worst',
      'to the first frame',
      'to the last change',
      'peer, last change',
      'processor time of a deed',
      'of the peer',
      'ours : peer',
      'longest task: clock, processor',
      'of the peer',
    ],
    journeys.map((journey) => {
      const longest = (side: Side) => {
        const { wallMs, cpuMs } = journey.longest(side)
        return `${ms(wallMs)}, ${ms(cpuMs)}`
      }
      return [
        `${journey.name} (peer: ${journey.peer})`,
        spread(journey.firsts('ours')),
        spread(journey.answers('ours')),
        spread(journey.answers('peer')),
        ms(journey.cpuOfAction('ours')),
        ms(journey.cpuOfAction('peer')),
        times(journey.cpuOfAction('ours') / journey.cpuOfAction('peer')),
        longest('ours'),
        longest('peer'),
      ]
    }),
  )
}

/** How evenly a list scrolls: frames between which more than a twentieth of a second passed, and those that showed rows. */
export function scrollTable(frames: Record<Side, readonly Frame[]>): string {
  const share = (of: readonly Frame[], is: (frame: Frame) => boolean) =>
    `${((100 * of.filter(is).length) / of.length).toFixed(1)} %`
  return table(
    ['', 'frames', 'gap, median / worst (ms)', 'gaps over 50 ms', 'rows in the middle of the screen'],
    (['ours', 'peer'] as const).map((side) => [
      side === 'ours' ? 'the list' : 'a plain table of all rows',
      String(frames[side].length),
      spread(frames[side].map(({ gapMs }) => gapMs)),
      share(frames[side], ({ gapMs }) => gapMs > 50),
      share(frames[side], ({ isFull }) => isFull),
    ]),
  )
}

/** No task of the main thread over 200 ms, in processor time: by the clock a busy machine counts too. */
export function taskBars(journeys: readonly Journey[]): Bar[] {
  return journeys.map((journey) => ({
    what: `longest task, processor time: ${journey.name}`,
    figure: journey.longest('ours').cpuMs,
    limit: 200,
    atLeast: false,
    show: (value) => `${ms(value)} ms`,
  }))
}
