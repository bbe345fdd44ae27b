/** Hashes and hash trees: sha2.ts and merkle.ts under one name. */
export {
  consistencyPath,
  inclusionPath,
  inclusionPaths,
  merkleLeaf,
  merkleRoot,
  merkleSplit,
  rootAndPaths,
  ProvedTree,
  rootFromInclusionPath,
  verifyConsistency,
} from './merkle.ts'
export { sha256, sha256Into, sha256OfMuch, sha512, startSha256, taggedHash } from './sha2.ts'
