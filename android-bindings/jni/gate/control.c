// A library that the gate must refuse, for each of the reasons in control.txt and for no other. scripts/build-android
// adds the exports that a good one has, but for the first.

extern long getrandom(void *, unsigned long, unsigned);

void Java_org_hcepay_demo_desk_DeskNative_open(void) {}

long Java_org_hcepay_internal_Panic_next(void *bytes) { return getrandom(bytes, 1, 0); }

const char *hcepay_left_inside(int which) {
    static const char *const texts[] = {"debug lines are in this build", "panic on demand", "/home/someone/hcepay",
                                        "hcepay issuer 1", "hcepay demo desk 1"};
    return texts[which];
}
