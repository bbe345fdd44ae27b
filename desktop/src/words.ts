/** The sentences of dialogues and the tray, which no page draws. No name of a person or record is in any of them: a tray and a task bar show them to everybody. */

export interface Words {
  open: string
  lock: string
  quit: string
  synced: string
  locked: string
  waiting(count: number): string
  keepRunningTitle: string
  keepRunningText: string
  keepRunning: string
  quitInstead: string
  quitTitle: string
  quitText(count: number): string
  stay: string
  quitAnyway: string
}

const en: Words = {
  open: 'Open Chartkeep',
  lock: 'Lock now',
  quit: 'Quit',
  synced: 'Everything is synced',
  locked: 'Locked',
  waiting: (count) => (count === 1 ? '1 change waiting to sync' : `${count} changes waiting to sync`),
  keepRunningTitle: 'Keep Chartkeep running?',
  keepRunningText:
    'It can go on syncing and remind you with its window closed. It still locks after the time you chose. You can change this in Settings.',
  keepRunning: 'Keep running',
  quitInstead: 'Quit',
  quitTitle: 'Quit before everything is synced?',
  quitText: (count) =>
    `${count === 1 ? '1 change is' : `${count} changes are`} saved on this computer and will sync the next time you open Chartkeep.`,
  stay: 'Stay',
  quitAnyway: 'Quit',
}

const zh: Words = {
  open: '開啟 Chartkeep',
  lock: '立即鎖定',
  quit: '結束',
  synced: '已全部同步',
  locked: '已鎖定',
  waiting: (count) => `${count} 筆變更等候同步`,
  keepRunningTitle: '要讓 Chartkeep 繼續在背景執行嗎？',
  keepRunningText: '關閉視窗後仍可同步並提醒您，也會依您選擇的時間自動鎖定。您可以在「設定」中更改。',
  keepRunning: '繼續執行',
  quitInstead: '結束',
  quitTitle: '尚有變更未同步，要結束嗎？',
  quitText: (count) => `${count} 筆變更已存在這台電腦上，下次開啟 Chartkeep 時會同步。`,
  stay: '先不結束',
  quitAnyway: '結束',
}

/** @param locale - a language tag, such as the system's `zh-TW`; English for every other language */
export function wordsFor(locale: string): Words {
  return locale.toLowerCase().startsWith('zh') ? zh : en
}
