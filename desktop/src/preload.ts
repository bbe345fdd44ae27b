/** Runs before the page, in a world of its own, and gives the page its platform. It opens no channel to the main process. */
import { contextBridge } from 'electron'
import { installPlatform } from './platform.ts'

contextBridge.executeInMainWorld({ func: installPlatform })
