/** SMART Health Links: reading the text of one, opening what is behind it, sealing files for one. */
export { linkTextOf, readLink, type LinkFault, type LinkPayload } from './link-text.ts'
export { openLink, type LinkFetch } from './open-link.ts'
export { openJwe, sealJwe } from './jwe.ts'
