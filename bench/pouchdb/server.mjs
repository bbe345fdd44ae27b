/** PouchDB's server as its documentation shows it: express-pouchdb over the LevelDB adapter. Started with a folder and a port. */
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'

const require = createRequire(import.meta.url)
const express = require('express')
const PouchDB = require('pouchdb')
const createHandler = require('express-pouchdb')

const [folder, port] = process.argv.slice(2)
const app = express()
const options = { inMemoryConfig: true, logPath: join(folder, 'log.txt'), mode: 'minimumForPouchDB' }
app.use('/', createHandler(PouchDB.defaults({ prefix: folder + sep }), options))
app.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
