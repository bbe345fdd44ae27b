/** The sync server for a program that runs it inside its own process: settings and `serve`. The command line is main.ts. */
export { type Config, SettingError, readConfig } from './operate/config.ts'
export { type RunningServer, serve } from './operate/serve.ts'
