/* What every unit test includes: cmocka with the headers that it wants before it (cmocka.h). */
#ifndef FW_TESTS_UNIT_H
#define FW_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof *(array))

#endif
