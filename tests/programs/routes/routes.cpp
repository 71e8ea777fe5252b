// Reads a road map, "from to kilometres" a line, and queries, "? from to", and answers with shortest ways and the
// cheapest network that joins all towns. Exits with 2 if a line makes no sense.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <queue>
#include <string>
#include <tuple>
#include <vector>

struct road {
  int to;
  double length;
};

class road_map {
 public:
  int town(const std::string &name) {
    auto [place, added] = index_.try_emplace(name, static_cast<int>(names_.size()));
    if (added) {
      names_.push_back(name);
      roads_.emplace_back();
    }
    return place->second;
  }

  void add(int a, int b, double length) {
    roads_[a].push_back({b, length});
    roads_[b].push_back({a, length});
    all_.emplace_back(length, std::min(a, b), std::max(a, b));
  }

  void answer(int from, int to) const {
    std::vector<double> best(names_.size(), std::numeric_limits<double>::infinity());
    std::vector<int> before(names_.size(), -1);
    std::priority_queue<std::pair<double, int>, std::vector<std::pair<double, int>>, std::greater<>> open;
    best[from] = 0;
    open.emplace(0, from);
    while (!open.empty()) {
      auto [length, at] = open.top();
      open.pop();
      if (length > best[at]) continue;
      for (const road &r : roads_[at])
        if (length + r.length < best[r.to]) {
          best[r.to] = length + r.length;
          before[r.to] = at;
          open.emplace(best[r.to], r.to);
        }
    }
    std::string way = names_[to];
    for (int at = before[to]; at >= 0; at = before[at]) way = names_[at] + " - " + way;
    std::printf("%s: %.2f km\n", way.c_str(), best[to]);
  }

  void join() {
    std::sort(all_.begin(), all_.end());
    std::vector<int> group(names_.size());
    std::iota(group.begin(), group.end(), 0);
    std::function<int(int)> find = [&](int a) { return group[a] == a ? a : group[a] = find(group[a]); };
    double sum = 0;
    int kept = 0;
    for (auto [length, a, b] : all_)
      if (find(a) != find(b)) {
        group[find(a)] = find(b);
        sum += length;
        kept++;
      }
    std::printf("%zu towns, %zu roads; %d of them join what can be joined: %.2f km\n", names_.size(), all_.size(), kept, sum);
  }

 private:
  std::map<std::string, int> index_;
  std::vector<std::string> names_;
  std::vector<std::vector<road>> roads_;
  std::vector<std::tuple<double, int, int>> all_;
};

int main() {
  road_map map;
  char line[256], from[64], to[64];
  double length;
  while (std::fgets(line, sizeof line, stdin)) {
    if (line[0] == '\n') continue;
    if (std::sscanf(line, "? %63s %63s", from, to) == 2) {
      map.answer(map.town(from), map.town(to));
    } else if (std::sscanf(line, "%63s %63s %lf", from, to, &length) == 3 && length >= 0) {
      map.add(map.town(from), map.town(to), length);
    } else {
      line[std::strcspn(line, "\n")] = 0;
      std::printf("makes no sense: %s\n", line);
      return 2;
    }
  }
  map.join();
  return 0;
}
