/** What the kernel is compiled with everywhere: nothing here may change a result (decision 0003). */
export const kernelFlags = [
  '-std=gnu11',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fno-strict-aliasing',
];

/** What makes it the code of a bare Cortex-M7 with an FPU for floats. */
export const m7Flags = ['-mcpu=cortex-m7', '-mthumb', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard', '-ffreestanding', '-O3'];
