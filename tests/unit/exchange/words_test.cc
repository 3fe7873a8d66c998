// Identifiers, bandwidths, distances: what is read from words and numbers of others.
#include <gtest/gtest.h>

#include "exchange/bandwidth.h"
#include "exchange/distance.h"
#include "exchange/identifier.h"
#include "exchange/xml_text.h"

namespace vinet::exchange {
namespace {

TEST(Identifier, ReadsLikeTheText) {
  const std::pair<const char*, const char*> cases[] = {
      {"Rome", "Rome"},
      {"New York", "New_York"},
      {" --Mainz-Wiesbaden-- ", "Mainz_Wiesbaden"},
      {"Zürich", "Zurich"},
      {"Köln/Düsseldorf", "Koln_Dusseldorf"},
      {"Łódź", "Lodz"},
      {"Plzeň", "Plzen"},
      {"Malmö Ångström", "Malmo_Angstrom"},
      {"São Paulo", "Sao_Paulo"},
      {"Straße Æ Œ Þ", "Strasse_AE_OE_Th"},
      {"Iași", "Iasi"},
      {"Cafe\xcc\x81", "Cafe"},  // e and a combining accent
      {"Θεσσαλονίκη", "Thessaloniki"},
      {"Москва", "Moskva"},
      {"Щукино, Объект", "Shchukino_Obekt"},
      {"ＡＢｃ", "ABc"},
      {"St. John's", "St_Johns"},
      {"100 Gbit", "n100_Gbit"},
      {"for", "for_"},
      {"internet", "internet_"},
      {"ring", "ring"},
      {"a_b", "a_b"},
      {"\xff\xfe", ""},
      {"", ""},
      {"?", ""},
      {"北京", ""},
      {"abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz01"},
  };
  for (const auto& [text, name] : cases) EXPECT_EQ(identifier_from(text), name) << text;
}

TEST(Identifier, IsAName) {
  EXPECT_TRUE(is_identifier("_a9"));
  EXPECT_TRUE(is_identifier(std::string(63, 'a')));
  for (const char* bad : {"", "9a", "a-b", "for", "a.b", "ä"})
    EXPECT_FALSE(is_identifier(bad)) << bad;
  EXPECT_FALSE(is_identifier(std::string(64, 'a')));
  EXPECT_FALSE(is_identifier("abcd", 3));
}

TEST(UniqueNames, CountUpWhereTheyAreTaken) {
  UniqueNames names;
  EXPECT_EQ(names.take("a"), "a");
  EXPECT_EQ(names.take("a_2"), "a_2");
  EXPECT_EQ(names.take("a"), "a_3");
  EXPECT_EQ(names.take("a"), "a_4");
  EXPECT_FALSE(names.claim("a_4"));
}

TEST(Bandwidth, AsPeopleWriteIt) {
  const std::pair<const char*, uint64_t> cases[] = {
      {"10 Gbps", 10'000'000'000},
      {"2.5G", 2'500'000'000},
      {"155 Mb/s", 155'000'000},
      {"34Mbit", 34'000'000},
      {"64 kbit/s", 64'000},
      {"1 Tbps", 1'000'000'000'000},
      {"100bps", 100},
      {"OC-192", 9'953'280'000},
      {"oc3c", 155'520'000},
      {"STM-16", 2'488'320'000},
      {"T1", 1'544'000},
      {"E3", 34'368'000},
      {"", 0},
      {"10-34 Mb/s", 0},
      {"fast", 0},
      {"0 Gbps", 0},
      {"-1 Gbps", 0},
      {"10 Gbps ring", 0},
      {"OC-", 0},
      {"OC-99999999999", 0},
      {"1e300G", 0},
      {"nan", 0},
      {"DWDM", 0},
      {"10", 0},
  };
  for (const auto& [text, bits] : cases) EXPECT_EQ(bandwidth_from(text).value_or(0), bits) << text;
  EXPECT_EQ(bits_per_second("10000000000.0"), 10'000'000'000U);
  EXPECT_EQ(bits_per_second("1e9"), 1'000'000'000U);
  for (const char* bad : {"", "x", "1e99", "-5", "inf", "10G"})
    EXPECT_FALSE(bits_per_second(bad)) << bad;
}

TEST(Distance, OfPlacesOnEarth) {
  const Position zurich{47.37, 8.54}, new_york{40.71, -74.01};
  EXPECT_NEAR(distance_km(zurich, new_york), 6'323, 10);
  EXPECT_NEAR(distance_km({0, 179}, {0, -179}), 222.4, 0.1);
  EXPECT_NEAR(distance_km({90, 0}, {-90, 50}), 20'015, 1);
  EXPECT_EQ(fibre_delay_us(zurich, zurich), 10);
  EXPECT_NEAR(static_cast<double>(fibre_delay_us(zurich, new_york)), 31'615, 50);
}

TEST(XmlText, HoldsNothingThatXmlCannot) {
  EXPECT_EQ(xml_text("a<b>&\"c'\r\n\t"), "a&lt;b&gt;&amp;&quot;c'&#13;\n\t");
  EXPECT_EQ(xml_text("\n\t", true), "&#10;&#9;");
  EXPECT_EQ(xml_text("\x01\xff\xef\xbf\xbe"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace vinet::exchange
