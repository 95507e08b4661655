package org.hcepay.demo.look

import org.hcepay.demo.R

/** Words of this app for what the demo's terminal and issuer say in codes. Null where it has none. */
internal object DeskWords {
    /** Why the terminal ended as it did: the middle of a sentence. */
    fun reason(code: String): Int? = REASONS[code]

    fun verdict(code: String): Int? = VERDICTS[code]

    fun check(code: String): Int? = CHECKS[code]

    fun purpose(code: String): Int? = PURPOSES[code]

    /** What became of a coupon in a purchase. */
    fun coupon(code: String): Int? = COUPONS[code]

    fun statusWord(word: Int?): Int = if (word == null) R.string.desk_status_none else STATUS_WORDS[word] ?: R.string.desk_status_other

    private val REASONS = mapOf(
        "verified-on-device" to R.string.desk_reason_verified_on_device,
        "online-pin" to R.string.desk_reason_online_pin,
        "signature" to R.string.desk_reason_signature,
        "no-verification" to R.string.desk_reason_no_verification,
        "declined-by-card" to R.string.desk_reason_declined_by_card,
        "declined-by-terminal" to R.string.desk_reason_declined_by_terminal,
        "verification-missing" to R.string.desk_reason_verification_missing,
        "on-device-without-cda" to R.string.desk_reason_on_device_without_cda,
        "not-authenticated" to R.string.desk_reason_not_authenticated,
        "cda-failed" to R.string.desk_reason_cda_failed,
        "fdda-failed" to R.string.desk_reason_fdda_failed,
        "verification-contradicted" to R.string.desk_reason_verification_contradicted,
        "cannot-go-online" to R.string.desk_reason_cannot_go_online,
        "offline-approval-unchecked" to R.string.desk_reason_offline_approval_unchecked,
        "verify-on-phone" to R.string.desk_reason_verify_on_phone,
        "other-interface" to R.string.desk_reason_other_interface,
        "purchase-out-of-range" to R.string.desk_reason_purchase_out_of_range,
        "directory-refused" to R.string.desk_reason_directory_refused,
        "no-common-application" to R.string.desk_reason_no_common_application,
        "select-refused" to R.string.desk_reason_select_refused,
        "ttq-not-asked" to R.string.desk_reason_ttq_not_asked,
        "processing-options-refused" to R.string.desk_reason_processing_options_refused,
        "record-refused" to R.string.desk_reason_record_refused,
        "generate-ac-refused" to R.string.desk_reason_generate_ac_refused,
        "answer-too-short" to R.string.desk_reason_answer_too_short,
        "answer-too-long" to R.string.desk_reason_answer_too_long,
        "procedure-byte" to R.string.desk_reason_procedure_byte,
        "data-with-refusal" to R.string.desk_reason_data_with_refusal,
        "too-many-exchanges" to R.string.desk_reason_too_many_exchanges,
        "tag-malformed" to R.string.desk_reason_tag_malformed,
        "length-malformed" to R.string.desk_reason_length_malformed,
        "value-cut-short" to R.string.desk_reason_value_cut_short,
        "trailing-bytes" to R.string.desk_reason_trailing_bytes,
        "wrong-template" to R.string.desk_reason_wrong_template,
        "duplicate-tag" to R.string.desk_reason_duplicate_tag,
        "missing-tag" to R.string.desk_reason_missing_tag,
        "wrong-length" to R.string.desk_reason_wrong_length,
        "wrong-name" to R.string.desk_reason_wrong_name,
        "file-locator-malformed" to R.string.desk_reason_file_locator_malformed,
        "data-object-list-malformed" to R.string.desk_reason_data_object_list_malformed,
        "data-object-list-too-long" to R.string.desk_reason_data_object_list_too_long,
        "account-number-malformed" to R.string.desk_reason_account_number_malformed,
        "account-numbers-differ" to R.string.desk_reason_account_numbers_differ,
        "emv-mode-missing" to R.string.desk_reason_emv_mode_missing,
        "cryptogram-type-reserved" to R.string.desk_reason_cryptogram_type_reserved,
        "higher-than-asked" to R.string.desk_reason_higher_than_asked,
        "terminal-left" to R.string.desk_reason_terminal_left,
        "channel-threw" to R.string.desk_reason_channel_threw,
        "no-answer" to R.string.desk_reason_no_answer,
    )

    private val VERDICTS = mapOf(
        "valid" to R.string.desk_verdict_valid,
        "unknown-token" to R.string.desk_verdict_unknown_token,
        "atc-out-of-range" to R.string.desk_verdict_atc_out_of_range,
        "atc-not-in-active-list" to R.string.desk_verdict_atc_not_in_active_list,
        "key-not-yet-valid" to R.string.desk_verdict_key_not_yet_valid,
        "key-expired" to R.string.desk_verdict_key_expired,
        "atc-replay" to R.string.desk_verdict_atc_replay,
        "invalid-cryptogram" to R.string.desk_verdict_invalid_cryptogram,
        "card-not-active" to R.string.desk_verdict_card_not_active,
        "cvr-invalid" to R.string.desk_verdict_cvr_invalid,
        "amount-over-key-limit" to R.string.desk_verdict_amount_over_key_limit,
        "order-invalid" to R.string.desk_verdict_order_invalid,
        "order-mismatch" to R.string.desk_verdict_order_mismatch,
        "signature-wrong" to R.string.desk_verdict_signature_wrong,
        "date-wrong" to R.string.desk_verdict_date_wrong,
        "order-paid-before" to R.string.desk_verdict_order_paid_before,
        "code-too-old" to R.string.desk_verdict_code_too_old,
        "transfer-invalid" to R.string.desk_verdict_transfer_invalid,
        "transfer-came-before" to R.string.desk_verdict_transfer_came_before,
        "transfer-number-used" to R.string.desk_verdict_transfer_number_used,
        "verified-too-long-ago" to R.string.desk_verdict_verified_too_long_ago,
        "payee-unknown" to R.string.desk_verdict_payee_unknown,
        "funds-insufficient" to R.string.desk_verdict_funds_insufficient,
        "not-verifiable" to R.string.desk_verdict_not_verifiable,
    )

    private val CHECKS = mapOf(
        "token" to R.string.desk_check_token,
        "application" to R.string.desk_check_application,
        "application-data" to R.string.desk_check_application_data,
        "request" to R.string.desk_check_request,
        "key-active" to R.string.desk_check_key_active,
        "key-not-expired" to R.string.desk_check_key_not_expired,
        "atc-new" to R.string.desk_check_atc_new,
        "key-derived" to R.string.desk_check_key_derived,
        "cryptogram" to R.string.desk_check_cryptogram,
        "card-active" to R.string.desk_check_card_active,
        "cryptogram-type" to R.string.desk_check_cryptogram_type,
        "holder-verification" to R.string.desk_check_holder_verification,
        "key-limit" to R.string.desk_check_key_limit,
        "order" to R.string.desk_check_order,
        "order's-number" to R.string.desk_check_order_number,
        "order's-terms" to R.string.desk_check_order_terms,
        "order-signed" to R.string.desk_check_order_signed,
        "date" to R.string.desk_check_date,
        "order-not-paid" to R.string.desk_check_order_not_paid,
        "code-fresh" to R.string.desk_check_code_fresh,
        "transfer" to R.string.desk_check_transfer,
        "transfer-signed" to R.string.desk_check_transfer_signed,
        "number-new" to R.string.desk_check_number_new,
        "payee" to R.string.desk_check_payee,
        "funds" to R.string.desk_check_funds,
    )

    private val PURPOSES = mapOf(
        "ask-directory" to R.string.desk_purpose_ask_directory,
        "choose-application" to R.string.desk_purpose_choose_application,
        "choose-coupons" to R.string.desk_purpose_choose_coupons,
        "ask-coupon" to R.string.desk_purpose_ask_coupon,
        "ask-abilities" to R.string.desk_purpose_ask_abilities,
        "ask-cryptogram" to R.string.desk_purpose_ask_cryptogram,
        "read-record" to R.string.desk_purpose_read_record,
        "ask-issuers-word" to R.string.desk_purpose_ask_issuers_word,
        "ask-approval" to R.string.desk_purpose_ask_approval,
        "ask-decline" to R.string.desk_purpose_ask_decline,
        "unknown" to R.string.desk_purpose_unknown,
    )

    private val COUPONS = mapOf(
        "not-asked" to R.string.desk_coupon_not_asked,
        "not-offered" to R.string.desk_coupon_not_offered,
        "not-presented" to R.string.desk_coupon_not_presented,
        "unreadable" to R.string.desk_coupon_unreadable,
        "unheard" to R.string.desk_coupon_unheard,
        "not-ours" to R.string.desk_coupon_not_ours,
        "other-terms" to R.string.desk_coupon_other_terms,
        "no-such-use" to R.string.desk_coupon_no_such_use,
        "not-valid" to R.string.desk_coupon_not_valid,
        "mac-wrong" to R.string.desk_coupon_mac_wrong,
        "taken-before" to R.string.desk_coupon_taken_before,
        "other-currency" to R.string.desk_coupon_other_currency,
        "over-price" to R.string.desk_coupon_over_price,
        "taken" to R.string.desk_coupon_taken,
        "taken-earlier" to R.string.desk_coupon_taken_earlier,
    )

    private val STATUS_WORDS = mapOf(
        0x9000 to R.string.desk_status_9000,
        0x6283 to R.string.desk_status_6283,
        0x6700 to R.string.desk_status_6700,
        0x6881 to R.string.desk_status_6881,
        0x6882 to R.string.desk_status_6882,
        0x6884 to R.string.desk_status_6884,
        0x6984 to R.string.desk_status_6984,
        0x6985 to R.string.desk_status_6985,
        0x6986 to R.string.desk_status_6986,
        0x6A80 to R.string.desk_status_6a80,
        0x6A81 to R.string.desk_status_6a81,
        0x6A82 to R.string.desk_status_6a82,
        0x6A83 to R.string.desk_status_6a83,
        0x6A86 to R.string.desk_status_6a86,
        0x6A88 to R.string.desk_status_6a88,
        0x6D00 to R.string.desk_status_6d00,
        0x6E00 to R.string.desk_status_6e00,
        0x6F00 to R.string.desk_status_6f00,
    )
}
