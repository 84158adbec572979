/** Above what any file of its kind needs: a file beyond it was named by mistake, and is not read into memory. */
export const weightsBytesMax = 64 * 1024 * 1024;
export const configBytesMax = 16 * 1024 * 1024;
export const vectorsBytesMax = 64 * 1024 * 1024;
export const datasetBytesMax = 1024 * 1024 * 1024;
export const csvBytesMax = 64 * 1024 * 1024;
export const keyBytesMax = 64 * 1024;
