#include "kernel.h"

LLN_LINKAGE const char *lln_status_name(int status) {
  switch (status) {
    case LLN_OK: return "ok";
    case LLN_ERROR_ARGUMENT: return "an argument is missing or out of range";
    case LLN_ERROR_ALIGNMENT: return "the memory is not aligned to 32 bytes";
    case LLN_ERROR_TRUNCATED: return "the image is too short for its header";
    case LLN_ERROR_MAGIC: return "the image does not start with LNET";
    case LLN_ERROR_ABI: return "the image is for another kernel version";
    case LLN_ERROR_LENGTH: return "the image is not as long as it says";
    case LLN_ERROR_CHECKSUM: return "the image's checksum is wrong";
    case LLN_ERROR_HEADER: return "a header field is out of range";
    case LLN_ERROR_DIRECTORY: return "the table directory does not fit the header";
    case LLN_ERROR_TABLE: return "a table's content is out of range";
    case LLN_ERROR_TOO_MUCH_WORK: return "one step would take too many operations";
    case LLN_ERROR_INPUT: return "an input is not finite";
    case LLN_ERROR_TIME_STEP: return "a time step is negative or not finite";
    case LLN_ERROR_MEMORY: return "out of memory";
    default: return "unknown";
  }
}
