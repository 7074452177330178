const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?(\d+(\.\d*)?|\.\d+))?$/;

/** Is this a quantity as Kubernetes reads it (`5Gi`, `500m`, `1e3`)? */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text);
}
