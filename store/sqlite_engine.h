/* The built-in engine: one SQLite file, hone.db, in the data folder. Its location is the
 * folder. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_ENGINE_H
#define HONE_STORE_SQLITE_ENGINE_H

#include "store/engine.h"

extern const struct hone_store_engine hone_sqlite_engine;

#endif
