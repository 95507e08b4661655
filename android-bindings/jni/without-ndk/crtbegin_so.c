// What the NDK's crtbegin_so.o gives every library, and the mark of the proof build.

extern void __cxa_finalize(void *);
extern int __cxa_atexit(void (*)(void *), void *, void *);

__attribute__((visibility("hidden"))) void *__dso_handle = &__dso_handle;

__attribute__((destructor, used)) static void unloaded(void) { __cxa_finalize(&__dso_handle); }

static void call(void *function) { ((void (*)(void))function)(); }

// Bound to this library, so that it runs when the library goes, not when the process does.
__attribute__((visibility("hidden"))) int atexit(void (*function)(void)) {
    return __cxa_atexit(call, (void *)function, &__dso_handle);
}

// The note by which Android knows the API level that a library was built for.
__attribute__((section(".note.android.ident"), aligned(4), used)) static const struct {
    int name_bytes, description_bytes, type;
    char name[8];
    int api;
    char ndk[64], build[64];
} android = {8, 132, 1, "Android", __ANDROID_API__, "none", "none"};

// The gate refuses a release with this note, and a proof build without it.
__attribute__((section(".note.hcepay.proof"), aligned(4), used)) static const struct {
    int name_bytes, description_bytes, type;
    char name[16];
    char description[44];
} proof = {13, 44, 1, "hcepay proof", "built without an NDK, not for distribution"};
