# What scripts/build-test-apk and scripts/build-demo-apk share. They source it, at the top of the repository, and have `fail`.
library=android-bindings/library
target=${CARGO_TARGET_DIR:-target}
# Where the library's own build puts them. scripts/build-android builds it without.
prebuilt=$library/target/tools/prebuilt
aapt2=$prebuilt/linux/aapt2

need_tools() {
    local tool
    for tool in "javap openjdk-17-jdk-headless" "mvn maven" "python3 python3" "apksigner apksigner"; do
        command -v "${tool% *}" >/dev/null || fail "${tool% *} is needed (Debian: apt-get install ${tool#* })"
    done
}

find_natives() { # -> $natives
    local kind
    natives=
    for kind in proof release; do
        ! ls "$target/android/$kind"/*/libhcepay.so >/dev/null 2>&1 || natives=$target/android/$kind
    done
    [ -n "$natives" ] || fail "there is no libhcepay.so yet: scripts/build-android --ndk DIR, or scripts/build-android --without-ndk"
}

build_library() { # -> $library/target/classes
    local made=$library/target/classes/org/hcepay/Wallet.class classes
    if [ ! -f $made ] || [ ! -x $aapt2 ] || [ -n "$(find $library/src/main $library/pom.xml -newer $made)" ]; then
        # First the classes of Android that it is compiled and checked by.
        for classes in api-28 bouncycastle-28 api-36; do mvn -B -q -f $library/$classes/pom.xml install </dev/null; done
        mvn -B -q -f $library/pom.xml compile </dev/null
    fi
}

sign() { # UNSIGNED APK NAME; NAME has the six letters that keytool wants of a password
    local key=$target/android/$3.keystore said
    # Kept, so that a newer APK can be installed over an older one.
    [ -f "$key" ] || said=$(keytool -genkeypair -keystore "$key" -storepass "$3" -alias "$3" -dname "CN=hcepay-$3" -keyalg EC \
        -validity 10000 2>&1) || fail "keytool made no key: $said"
    apksigner sign --ks "$key" --ks-pass "pass:$3" --v4-signing-enabled false --out "$2" "$1"
    apksigner verify "$2"
}

instrument() { # COMPONENT of an APK that is installed; am ends well whatever came of it, and without a last word where the process died
    local said
    said=$(timeout 1800 adb shell am instrument -w "$1" | tr -d '\r' | tee /dev/stderr) || fail "adb did not bring it to an end"
    grep -qx 'INSTRUMENTATION_CODE: -1' <<<"$said" || fail "$1 did not end well"
}
