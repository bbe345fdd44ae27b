/** SMART Health Links: reading the text of one, opening what is behind it, sealing files for one. */
export { findLink, linkTextOf, readLink, type LinkFault, type LinkPayload, type NewLink } from './link-text.ts'
export {
  openLink,
  type LeftFile,
  type LinkAnswer,
  type LinkContentType,
  type LinkFetch,
  type LinkFile,
  type LinkRequest,
  type OpenedLink,
  type OpenLinkOptions,
} from './open-link.ts'
export { openJwe, sealJwe, type JweFault } from './jwe.ts'
