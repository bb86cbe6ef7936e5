// Common emoji :shortcodes: and their characters; an unknown one is shown as it was typed.

const GLYPHS = {
  "+1": "👍", "-1": "👎", alarm_clock: "⏰", arrow_down: "⬇️", arrow_forward: "▶️", arrow_left: "⬅️",
  arrow_right: "➡️", arrow_up: "⬆️", arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️",
  bar_chart: "📊", bell: "🔔", black_circle: "⚫", black_square_for_stop: "⏹️", blue_heart: "💙", book: "📖",
  boom: "💥", bug: "🐛", bulb: "💡", calendar: "📅", chart_with_downwards_trend: "📉",
  chart_with_upwards_trend: "📈", checkered_flag: "🏁", clipboard: "📋", clock3: "🕒", construction: "🚧",
  crossed_fingers: "🤞", double_vertical_bar: "⏸️", exclamation: "❗", eyes: "👀", fast_forward: "⏩",
  fire: "🔥", gear: "⚙️", globe_with_meridians: "🌐", grey_question: "❔", hand: "✋", heart: "❤️",
  heavy_check_mark: "✔️", heavy_minus_sign: "➖", heavy_plus_sign: "➕", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", information_source: "ℹ️", key: "🔑", label: "🏷️", large_blue_circle: "🔵",
  large_green_circle: "🟢", large_orange_circle: "🟠", large_red_circle: "🔴", large_yellow_circle: "🟡",
  link: "🔗", lock: "🔒", mag: "🔍", mega: "📣", memo: "📝", negative_squared_cross_mark: "❎",
  no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", ok: "🆗", ok_hand: "👌", package: "📦",
  pause_button: "⏸️", point_right: "👉", pray: "🙏", pushpin: "📌", question: "❓", raised_hand: "✋",
  red_circle: "🔴", repeat: "🔁", robot_face: "🤖", rocket: "🚀", rotating_light: "🚨", ship: "🚢",
  shrug: "🤷", sleeping: "😴", slightly_smiling_face: "🙂", smile: "😄", sparkles: "✨",
  speech_balloon: "💬", stop_button: "⏹️", stop_sign: "🛑", stopwatch: "⏱️", tada: "🎉", thinking_face: "🤔",
  thumbsup: "👍", timer_clock: "⏲️", unlock: "🔓", warning: "⚠️", wastebasket: "🗑️", wave: "👋",
  white_check_mark: "✅", white_circle: "⚪", wrench: "🔧", x: "❌", zap: "⚡", zzz: "💤",
};

/** The glyph of a shortcode's name, or null. */
export function glyph(name) {
  return Object.hasOwn(GLYPHS, name) ? GLYPHS[name] : null;
}
