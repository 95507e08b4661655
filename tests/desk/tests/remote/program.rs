//! `tap online` and `tap show-code`, as a person runs them.

use hcepay_tests::merchant::published::EMVCO;

use crate::tap_program::{tap, text};

/// Other people's decoder reads what is drawn: dark where a character is, two rows of modules in a line.
fn read_by_others(drawn: &str) -> String {
    const PIXELS: usize = 4;
    let lines: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
    let side = lines[0].len();
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * PIXELS, side * PIXELS, |x, y| {
        let (x, y) = (x / PIXELS, y / PIXELS);
        let is_dark = match lines.get(y / 2).and_then(|line| line.get(x)) {
            Some('█') => true,
            Some('▀') => y % 2 == 0,
            Some('▄') => y % 2 == 1,
            _ => false,
        };
        if is_dark { 0 } else { 255 }
    });
    let grids = image.detect_grids();
    grids.first().expect("there is a code").decode().expect("it can be read").1
}

#[test]
fn a_code_is_shown_that_other_people_s_decoder_reads_and_the_issuer_accepts() {
    let place = tempfile::tempdir().unwrap();
    let show_code =
        ["show-code", "--card", "kernel7-cvn01", "--amount", "3.20", "--wallet", place.path().to_str().unwrap()];
    let output = tap(&show_code);
    let shown = text(&output.stdout);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{shown}");
    let drawn = shown.split("\n\n").nth(1).unwrap();
    let told = shown.lines().skip_while(|line| !line.starts_with("Code "));
    let told = told.take_while(|line| !line.starts_with("Amount"));
    let told: String = told.flat_map(|line| line.trim_start_matches("Code").split_whitespace()).collect();
    assert_eq!(read_by_others(drawn), told);
    for says in ["Amount    3.20 EUR", "✓ code fresh", "valid: ", "4 more keys of this channel (qr)."] {
        assert!(shown.contains(says), "{says}{shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    let again = text(&tap(&show_code).stdout);
    assert_ne!(again.split("\n\n").nth(1), Some(drawn), "each is another");
}

#[test]
fn an_order_is_paid_online_and_so_is_what_a_merchant_s_code_asks_for() {
    let output = tap(&["online", "--card", "kernel2-cvn14", "--amount", "49.90"]);
    let shown = text(&output.stdout);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{shown}");
    for says in ["Order     49.90 EUR to Bookshop Löwe", "✓ order signed", "✓ order's number", "valid: "] {
        assert!(shown.contains(says), "{says}{shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    let of_a_code = text(&tap(&["online", "--code", EMVCO]).stdout);
    assert!(
        of_a_code.contains("Order     23.72 CNY to BEST TRANSPORT") && of_a_code.contains("valid: "),
        "{of_a_code}"
    );
}

#[test]
fn what_cannot_be_paid_is_refused_in_one_sentence() {
    for (arguments, says) in [
        (&["online", "--amount", "0"][..], "the shop cannot ask that: the order's amount is not 1 to 999,999,999,999"),
        (&["online", "--code", "000201"], "the code does not end with a checksum"),
        (&["online", "--code", &EMVCO.replace("BEST", "BEAT")], "the code's checksum is wrong"),
    ] {
        let output = tap(arguments);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""), "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.contains(says) && told.lines().count() == 1, "{arguments:?}: {told}");
    }
}
